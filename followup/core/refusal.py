"""The one error a person can cause: it knows its own sentence."""


class Refusal(Exception):
    """A request that cannot be done, in words for the person who made it.

    The message is one sentence that says what was wrong and what to do. The face prints it as `error: …` and
    exits with status 1; whatever was begun is rolled back.
    """
