"""Machine code of these tests goes to a folder of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def code_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    before = os.environ.get("CUTAWAY_CODE")
    os.environ["CUTAWAY_CODE"] = str(tmp_path_factory.mktemp("machine") / "code")
    yield
    del os.environ["CUTAWAY_CODE"]
    if before is not None:
        os.environ["CUTAWAY_CODE"] = before
