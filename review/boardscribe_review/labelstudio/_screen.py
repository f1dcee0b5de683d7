"""What a volunteer sees: the labelling screen.

One screen serves all kinds of questions: a hidden choice, prefilled for each task, decides which
parts are shown. Label Studio leaves the parts it does not show out of the answer.

Where the machine is right, looking and submitting is all there is to do: the text is prefilled,
and nothing chosen means that it stands. The style leans on class names of the pinned version of
Label Studio; a test in a browser looks at the result.
"""

from __future__ import annotations

from boardscribe.records import Shape
from boardscribe.review import Verdict

__all__ = [
    "BOARD",
    "COMMENT",
    "CROP",
    "NOTE",
    "OUTLINE",
    "PARTS",
    "SHAPE",
    "TEXT",
    "VERDICT",
    "WITHDRAWN",
    "screen",
]

CROP = "crop"
"""Name of the picture that all controls are about."""

# Names of the controls; they come back in every answer.
PARTS = "parts"
TEXT = "text"
VERDICT = "verdict"
NOTE = "note"
OUTLINE = "outline"
SHAPE = "shape"
BOARD = "board"
COMMENT = "comment"

WITHDRAWN = "withdrawn"
"""Value of `PARTS` in the placeholder answer that takes a task out of everybody's queue."""

_NO_NOTE = (
    (Verdict.NOT_A_NOTE, "Not a note", "Something else: a shadow, a hand, the board itself"),
    (Verdict.TWO_NOTES, "Two notes", "Two notes or more in one picture"),
    (Verdict.WRONG_OUTLINE, "Wrong outline", "The picture shows less or more than the note"),
)
_NO_TEXT = (
    (Verdict.BLANK, "Blank", "Nothing is written on it"),
    (Verdict.ILLEGIBLE, "Cannot be read", "There is writing, and none of it can be read"),
    (Verdict.HIDDEN, "Covered or cut off", "Another note or the edge of the photo hides the text"),
)
_SHAPES = (
    (Shape.SQUARE, "Square", "q"),
    (Shape.BUBBLE, "Speech bubble", "w"),
    (Shape.HEART, "Heart", "e"),
    (Shape.TICK, "Tick", "r"),
    (Shape.OTHER, "Other", "t"),
)

# The heights leave room for the bars of Label Studio and the line between the pictures, so that
# both pictures and the form are seen without scrolling.
_STYLE = """
    .bs { display: grid; grid-template-columns: minmax(0, 11fr) minmax(340px, 9fr);
          gap: 20px; align-items: start; }
    @media (max-width: 900px) { .bs { grid-template-columns: minmax(0, 1fr); } }
    .bs-hidden { display: none; }
    .bs-form textarea { font-size: 20px !important; line-height: 1.4 !important; }
    .bs h4 { font-size: 15px !important; line-height: 1.4 !important; font-weight: 500 !important;
          margin: 12px 0 4px !important; white-space: pre-line; }
    .lsf-sidepanels__wrapper { display: none !important; }
    .lsf-sidepanels { padding-right: 0 !important; padding-left: 0 !important; }
"""


def screen() -> str:
    """The labelling screen as Label Studio's XML."""
    parts = "".join(f'<Choice value="{part}"/>' for part in (NOTE, OUTLINE, TEXT, WITHDRAWN))
    note = _choices(((Verdict.NOTE, "Yes, one note", "One note, and all of it"), *_NO_NOTE), "1234")
    return f"""<View className="bs">
  <Style>{_STYLE}  </Style>
  <View className="bs-hidden">
    <Choices name="{PARTS}" toName="{CROP}" choice="multiple">{parts}</Choices>
  </View>
  <View className="bs-pictures">
    <Image name="{CROP}" value="$crop" zoom="true" zoomControl="true" rotateControl="true"
      brightnessControl="true" contrastControl="true" defaultZoom="fit"
      maxHeight="calc(58vh - 100px)" horizontalAlignment="center"/>
    <Header value="$place" size="5"/>
    <Image name="context" value="$context" zoom="true" zoomControl="false"
      maxHeight="calc(42vh - 60px)" horizontalAlignment="center"/>
  </View>
  <View className="bs-form">
    <Header value="$question" size="3"/>
    <View {_shown_for(NOTE)}>
      <Choices name="{NOTE}" toName="{CROP}" choice="single-radio" showInline="true"
        required="true" requiredMessage="Please say whether this is a note.">{note}</Choices>
    </View>
    <View {_shown_for(TEXT)}>
      <TextArea name="{TEXT}" toName="{CROP}" rows="4" editable="true" transcription="true"
        maxSubmissions="1" showSubmitButton="false"/>
      <Header value="$help" size="5"/>
      <Choices name="{VERDICT}" toName="{CROP}" choice="single-radio" showInline="true"
        >{_choices((*_NO_TEXT, *_NO_NOTE))}</Choices>
    </View>
    <Header value="Shape of the paper" size="5"/>
    <Choices name="{SHAPE}" toName="{CROP}" choice="single-radio" showInline="true">{_shapes()}
    </Choices>
    <View {_shown_for(OUTLINE)}>
      <Header value="Or is something else the matter?" size="5"/>
      <Choices name="{OUTLINE}" toName="{CROP}" choice="single-radio" showInline="true"
        >{_choices(_NO_NOTE)}</Choices>
    </View>
    <Header value="Heading of its board" size="5"/>
    <Choices name="{BOARD}" toName="{CROP}" choice="single" layout="select" value="$boards"/>
    <Header value="Comment" size="5"/>
    <TextArea name="{COMMENT}" toName="{CROP}" rows="1" maxSubmissions="1" editable="true"
      showSubmitButton="false" placeholder="What the others should know (optional)"/>
  </View>
</View>
"""


def _shown_for(part: str) -> str:
    return f'visibleWhen="choice-selected" whenTagName="{PARTS}" whenChoiceValue="{part}"'


def _choices(verdicts: tuple[tuple[Verdict, str, str], ...], keys: str = "") -> str:
    rows = []
    for number, (verdict, label, hint) in enumerate(verdicts):
        key = f' hotkey="{keys[number]}"' if keys else ""
        rows.append(
            f'\n        <Choice value="{label}" alias="{verdict.value}" hint="{hint}"{key}/>'
        )
    return "".join(rows)


def _shapes() -> str:
    return "".join(
        f'\n      <Choice value="{label}" alias="{shape.value}" hotkey="{key}"/>'
        for shape, label, key in _SHAPES
    )
