"""A schema says how a table became numbers, so that a new table can be turned into numbers in the same way.

It is plain data: it goes to JSON and comes back, and is kept beside the weights of a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from cutaway.errors import DataError, one_of

Task = Literal["binary", "multiclass", "regression"]


@dataclass(frozen=True)
class Column:
    """One column of a table: a number, or a text that is one of several categories.

    Parameters
    ----------
    name : str
        The name in the first line of the file.
    categories : tuple of str or None
        The texts that occur, sorted; None for a column of numbers.
    """

    name: str
    categories: tuple[str, ...] | None = None

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features made from this column: itself, or one for each category (``"colour=red"``)."""
        return (self.name,) if self.categories is None else tuple(f"{self.name}={text}" for text in self.categories)


@dataclass(frozen=True)
class Target:
    """What is to be predicted.

    Parameters
    ----------
    name : str
        The name of the column.
    task : {"binary", "multiclass", "regression"}
        Two classes, more classes, or a number.
    classes : tuple of str
        The class that label 0, 1, ... stands for; empty for a regression.
    """

    name: str
    task: Task
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schema:
    """The columns that became the features, in their order, and the target.

    Parameters
    ----------
    columns : tuple of Column
        In the order of the features.
    target : Target
        What is to be predicted.

    Examples
    --------
    >>> schema = Schema((Column("age"), Column("colour", ("blue", "red"))), Target("sold", "binary", ("no", "yes")))
    >>> schema.feature_names
    ('age', 'colour=blue', 'colour=red')
    >>> Schema.from_json(schema.to_json()) == schema
    True
    """

    columns: tuple[Column, ...]
    target: Target

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of all features, in their order."""
        return tuple(name for column in self.columns for name in column.feature_names)

    def to_json(self) -> dict[str, Any]:
        """Return the schema as dictionaries, lists and texts that `json.dumps` takes."""
        columns = [
            {"name": c.name, "categories": None if c.categories is None else list(c.categories)} for c in self.columns
        ]
        target = {"name": self.target.name, "task": self.target.task, "classes": list(self.target.classes)}
        return {"columns": columns, "target": target}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Schema:
        """Return the schema that `to_json` wrote.

        Raises
        ------
        DataError
            When the document is not such a schema.
        UsageError
            When it names a task that is not known.
        """
        try:
            columns = tuple(
                Column(str(c["name"]), None if c["categories"] is None else tuple(map(str, c["categories"])))
                for c in document["columns"]
            )
            target = document["target"]
            name, task, classes = str(target["name"]), target["task"], tuple(map(str, target["classes"]))
        except (KeyError, TypeError) as error:
            raise DataError(
                "This is not the schema of a table",
                received=f"{type(error).__name__}: {error}",
                instead="Give the document that Schema.to_json wrote",
            ) from error
        if task not in get_args(Task):
            raise one_of(task, get_args(Task), name="The task")
        return cls(columns, Target(name, task, classes))
