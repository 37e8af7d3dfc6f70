"""The sentences of this step that are kept with values in them: why something was rejected, why a file was not read.

They are said in English where they arise and told again in a reader's language (engagement/retelling.py).
"""

from __future__ import annotations

from typing import Final

from engagement.ingest.files.cells import FAULTS
from engagement.language import noop
from engagement.retelling import tell_again

_VALUES: Final = (
    noop("{field} is {kind}, not text."),
    noop("Send {field} as text, for example “c-1042”."),
    noop("{field} has {length} characters; the limit is {limit}."),
    noop("Send the id under which you know this customer, not a text made of several things."),
    noop("{field} is {kind}; an event needs a name."),
    noop("The name of the event has {length} characters; the limit is {limit}."),
    noop("Use a short name and put the details into properties."),
    noop("{field} is {kind}, not an object."),
    noop('Send {field} as an object, for example {{"plan": "pro"}}.'),
    noop("Objects and lists are nested deeper than {limit} levels."),
    noop("Send flatter properties."),
    noop("This is larger than {limit} bytes."),
    noop("Send fewer or shorter properties with each event."),
    noop("The time {value} cannot be read."),
    noop("Send the time as ISO 8601, for example 2025-12-31T23:59:59Z, or as milliseconds since 1970."),
    noop("The time {value} is on {day}; days from {first} to {last} are taken."),
    noop("The number looks like seconds: send milliseconds."),
    noop("Correct the date, or the clock of the sender."),
)
_KINDS: Final = (
    noop("missing"),
    noop("true or false"),
    noop("blank"),
    noop("text"),
    noop("the number {value}"),
    noop("a number that is too large"),
    noop("a list"),
    noop("an object"),
    noop("null"),
    noop("something else"),
    noop("The customer's id"),
)
_MESSAGES: Final = (
    noop("{field} is not a text of at most {limit} characters."),
    noop("Send a UUID as {field}, or leave it out."),
    noop("No id of a customer is given in {places}."),
    noop("Send the id as {places}."),
    noop("{field} is {value}, which names nobody: it is written where there is no id."),
    noop("Send the id as {field}, or look for what writes this one where it has none."),
    noop("The former id {former} is a customer’s own: these are two customers."),
    noop("{operation} changes what is there already, and would count twice if it were sent twice."),
    noop("Erase people on their page."),
    noop("Send an event for what happened, or $set."),
    noop("{field} is missing."),
    noop("An alias needs both previousId and userId."),
    noop("The type of the message is {value}."),
    noop("Send one of track, identify, page, screen, group, alias."),
)
_ROWS: Final = (
    noop("This row is longer than {limit} bytes."),
    noop("Shorten the texts of this row, or leave columns out."),
    noop("A cell holds the error {detail}."),
    noop("The formula in cell {detail} was saved without its result."),
    noop("The cell {detail} cannot be read."),
    noop("The row has {found} fields, the first line has {wanted}."),
    noop("Give the row as many fields as there are columns; texts that hold the delimiter go between quotation marks."),
    noop("{value} is not a day or time."),
    noop("The id of the event has {length} characters; the limit is {limit}."),
    noop("Use a shorter id, or leave the column out."),
    noop("The count is {value}."),
    noop("Write a whole number from 1 to {most}, without separators or decimals."),
    noop("A file holds at most {most} answers."),
    noop("Put this answer and those after it into a file of their own."),
)
_FILES: Final = (
    noop("The file has no column for the {role}. Its first line names {found}. Name the column one of: {names}."),
    noop("The file has no column {name}, which is to be the {role}."),
    noop("A file of this kind has no {role}."),
    noop("The name of column {place} is not usable. Write a short name without U+0000."),
    noop("The column {name} is there twice. Rename or remove one of the two."),
    noop(
        "The column {name} holds values of the type {kind}, which is no plain value. Write its parts as columns of "
        "their own, as text, or leave it out."
    ),
    noop("The file has more than {most} columns. Leave columns out."),
    noop("The first line is longer than {limit} bytes. Is this a CSV file?"),
    noop("The first line cannot be read."),
    noop("The first line cannot be read: a cell of it holds {value}."),
    noop("The file holds more than {limit} bytes (unpacked). Upload it in parts."),
    noop("Line {line} is not UTF-8 text: it holds the byte {byte}."),
    noop("The file is UTF-16, not UTF-8 (line 1)."),
    noop("Save the file as UTF-8 (in a spreadsheet: “CSV UTF-8”) and upload it again."),
    noop("The gzip file is damaged or not complete ({error}). Pack it again, or upload it unpacked."),
    noop("There is no such kind of file. Choose one of: {kinds}."),
    noop(
        "Counts without a customer cannot be scored: a segment's score is the mean of its customers' scores. Export "
        "the counts by customer."
    ),
)


def connect() -> None:
    for said in (_VALUES, _KINDS, _MESSAGES, _ROWS, _FILES, *FAULTS.values()):
        tell_again(said)
