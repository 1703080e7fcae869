"""The base of every group of keys in a rulebook file."""

from pydantic import BaseModel, ConfigDict


class Keys(BaseModel):
    """A group of keys: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The keys as a file writes them."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())
