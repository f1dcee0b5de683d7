"""What a volunteer sees: the labelling screen, and how a task and an answer are put into it.

One screen serves all kinds of questions: a hidden choice, prefilled with what the task asks,
decides which parts are shown. Label Studio leaves the parts it does not show out of the answer.

The style leans on class names of the pinned version; the browser tests look at the result.
"""

from __future__ import annotations

from boardscribe.records import Shape
from boardscribe.review import Kind, Verdict

__all__ = ["ASKS", "BOARD", "COMMENT", "NOTE", "SHAPE", "TEXT", "VERDICT", "WITHDRAWN", "screen"]

# Names of the controls; they come back in every answer.
ASKS = "asks"
TEXT = "text"
VERDICT = "verdict"
NOTE = "note"
SHAPE = "shape"
BOARD = "board"
COMMENT = "comment"

WITHDRAWN = "withdrawn"
"""Value of `ASKS` in the placeholder answer that takes a task out of everybody's queue."""

_VERDICTS = (
    (Verdict.ILLEGIBLE, "Cannot be read", "There is writing, and none of it can be read"),
    (Verdict.BLANK, "Blank", "Nothing is written on it"),
    (Verdict.HIDDEN, "Covered or cut off", "Another note or the edge of the photo hides the text"),
    (Verdict.NOT_A_NOTE, "Not a note", "Something else: a shadow, a hand, the board itself"),
    (Verdict.TWO_NOTES, "Two notes", "Two notes or more in one picture"),
    (Verdict.WRONG_OUTLINE, "Wrong outline", "The picture shows less or more than the note"),
)
"""What can be wrong; nothing chosen means that the text is right as it stands."""

_NOTE_VERDICTS = (
    (Verdict.NOTE, "Yes, one note", "One note, and all of it"),
    (Verdict.NOT_A_NOTE, "Not a note", "Something else: a shadow, a hand, the board itself"),
    (Verdict.TWO_NOTES, "Two notes", "Two notes or more in one picture"),
    (Verdict.WRONG_OUTLINE, "Wrong outline", "The picture shows less or more than the note"),
)

_SHAPES = (
    (Shape.SQUARE, "Square", "q"),
    (Shape.BUBBLE, "Speech bubble", "w"),
    (Shape.HEART, "Heart", "e"),
    (Shape.TICK, "Tick", "r"),
    (Shape.OTHER, "Other", "t"),
)

_STYLE = """
  .bs { display: grid; grid-template-columns: minmax(0, 11fr) minmax(340px, 9fr);
        gap: 20px; align-items: start; }
  @media (max-width: 900px) { .bs { grid-template-columns: minmax(0, 1fr); } }
  .bs-hidden { display: none; }
  .bs-form textarea { font-size: 20px !important; line-height: 1.4 !important; }
  .bs-form h4, .bs-form h5 { margin: 10px 0 4px !important; }
  .lsf-sidepanels__wrapper { display: none !important; }
  .lsf-sidepanels { padding-right: 0 !important; padding-left: 0 !important; }
"""


def screen() -> str:
    """The labelling screen as Label Studio's XML."""
    kinds = "".join(f'<Choice value="{kind.value}"/>' for kind in (*Kind,))
    return f"""<View className="bs">
  <Style>{_STYLE}</Style>
  <View className="bs-hidden">
    <Choices name="{ASKS}" toName="crop" choice="multiple">
      {kinds}<Choice value="{WITHDRAWN}"/>
    </Choices>
  </View>
  <View className="bs-pictures">
    <Image name="crop" value="$crop" zoom="true" zoomControl="true" rotateControl="true"
      brightnessControl="true" contrastControl="true" defaultZoom="fit"
      maxHeight="54vh" horizontalAlignment="center"/>
    <Header value="Where it is: $place" size="5"/>
    <Image name="context" value="$context" zoom="true" zoomControl="false"
      maxHeight="34vh" horizontalAlignment="center"/>
  </View>
  <View className="bs-form">
    <Header value="$question" size="3"/>
    <View visibleWhen="choice-selected" whenTagName="{ASKS}" whenChoiceValue="{Kind.NOTE.value}">
      <Choices name="{NOTE}" toName="crop" choice="single-radio" showInline="true"
        required="true" requiredMessage="Please say whether this is a note.">
        {_choices(_NOTE_VERDICTS, "1234")}
      </Choices>
    </View>
    <View visibleWhen="choice-selected" whenTagName="{ASKS}" whenChoiceValue="{Kind.TEXT.value}">
      <TextArea name="{TEXT}" toName="crop" rows="4" editable="true" transcription="true"
        maxSubmissions="1" showSubmitButton="false"/>
      <Header value="$alternatives" size="5"/>
      <Header value="If the text is not the answer:" size="5"/>
      <Choices name="{VERDICT}" toName="crop" choice="single-radio" showInline="true">
        {_choices(_VERDICTS, "123456")}
      </Choices>
    </View>
    <Header value="Shape of the paper" size="5"/>
    <Choices name="{SHAPE}" toName="crop" choice="single-radio" showInline="true" required="true"
      requiredMessage="Please choose the shape.">
      {_shapes()}
    </Choices>
    <Header value="Heading of its board" size="5"/>
    <Choices name="{BOARD}" toName="crop" choice="single" layout="select" value="$boards"/>
    <Header value="Comment" size="5"/>
    <TextArea name="{COMMENT}" toName="crop" rows="1" maxSubmissions="1" editable="true"
      placeholder="Anything the others should know (optional)"/>
  </View>
</View>
"""


def _choices(verdicts: tuple[tuple[Verdict, str, str], ...], keys: str) -> str:
    return "".join(
        f'<Choice value="{label}" alias="{verdict.value}" hint="{hint}" hotkey="{key}"/>'
        for (verdict, label, hint), key in zip(verdicts, keys, strict=True)
    )


def _shapes() -> str:
    return "".join(
        f'<Choice value="{label}" alias="{shape.value}" hotkey="{key}"/>'
        for shape, label, key in _SHAPES
    )
