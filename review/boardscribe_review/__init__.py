"""Human review of doubtful notes: questions to people, and what follows from their answers.

`queue` is the seam to whatever shows the questions; `questions` says what is asked and in which
order; `push` and `pull` carry tasks and answers over the seam; `marks` checks and normalises what
people typed; `policy` and `consensus` decide. Everything is stored by `boardscribe.store`.
"""
