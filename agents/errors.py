"""The error that a person at the command line should read."""


class UserError(Exception):
    """One plain sentence saying what is wrong, where, and what to do; `exit_code` is the command's."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
