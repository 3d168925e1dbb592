"""The base of all errors that a user can mend, and of what a user should know."""


class UserError(Exception):
    """The message is one line: what was wrong, with its value, and what is allowed or helps."""

    #: The exit status of a command that ends so.
    status = 2


class UserNotice(UserWarning):
    """Something to know that stops nothing, in one line. The command line prints it."""
