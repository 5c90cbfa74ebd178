"""History: records in, columns out; files that read back exactly; short tables."""

from __future__ import annotations

import io
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.errors import DataError, DataMissingError, MissingPackageError, UsageError
from cutaway.train.history import History, higher_is_better


def made(epochs: int = 3) -> History:
    history = History(stopped="finished", notes=["The loss is binary cross-entropy."])
    for epoch in range(1, epochs + 1):
        history.append({"epoch": epoch, "loss": 1 / epoch, "val_loss": 0.1 * (epoch - 2) ** 2, "accuracy": 0.5})
    return history


def test_columns_are_arrays() -> None:
    history = made()
    assert history.columns == ("epoch", "loss", "val_loss", "accuracy")
    assert len(history) == 3 and [r["epoch"] for r in history] == [1, 2, 3]
    assert history["loss"].dtype == history["epoch"].dtype == np.float64
    np.testing.assert_array_equal(history["loss"], [1, 1 / 2, 1 / 3])
    assert "val_loss" in history and "val_accuracy" not in history
    assert history.last == {"epoch": 3, "loss": 1 / 3, "val_loss": 0.1, "accuracy": 0.5}


def test_a_value_that_some_records_lack_is_nan() -> None:
    history = History([{"epoch": 1}, {"epoch": 2, "loss": 0.5}])
    np.testing.assert_array_equal(history["loss"], [math.nan, 0.5])
    assert history.columns == ("epoch", "loss")
    assert history.best("loss")["epoch"] == 2


def test_the_best_record() -> None:
    history = made()
    assert history.best()["epoch"] == 3
    assert history.best("val_loss")["epoch"] == 2
    assert history.best("accuracy")["epoch"] == 1  # the first of equals
    assert history.best("loss", higher=True)["epoch"] == 1
    rising = History([{"val_accuracy": 0.5}, {"val_accuracy": 0.9}, {"val_accuracy": math.nan}])
    assert rising.best("val_accuracy") == {"val_accuracy": 0.9}
    assert rising.best("val_accuracy", higher=False) == {"val_accuracy": 0.5}


@pytest.mark.parametrize("name", ["accuracy", "val_accuracy", "r2", "val_f1", "auc"])
def test_metrics_of_which_more_is_better(name: str) -> None:
    assert higher_is_better(name)


@pytest.mark.parametrize("name", ["loss", "val_loss", "mse", "mean_absolute_error", "val_error", "my_own"])
def test_metrics_of_which_less_is_better(name: str) -> None:
    assert not higher_is_better(name)


def test_every_metric_of_ours_is_on_the_right_side() -> None:
    from cutaway.nn.metrics import METRICS

    truth, wrong = np.array([0, 1, 1, 0]), np.array([1, 0, 1, 0])
    for name, metric in METRICS.items():
        assert higher_is_better(name) == (metric(truth, truth) > metric(truth, wrong)), name


def test_numpy_numbers_become_plain() -> None:
    history = History()
    history.append({"epoch": np.int64(1), "loss": np.float32(0.5), "a": np.array(2.0), "b": True, "c": np.float64(1)})
    assert [type(v) for v in history.last.values()] == [int, float, float, int, float]


@pytest.mark.parametrize(
    ("value", "received"),
    [(np.zeros((100, 2)), "an array of shape"), ("0.5", "str"), (None, "NoneType"), (1j, "complex")],
)
def test_values_that_are_no_number(value: Any, received: str) -> None:
    with pytest.raises(UsageError, match=f"'loss' in a record of the history must be one real number; .* {received}"):
        History().append({"loss": value})


def test_questions_without_an_answer() -> None:
    with pytest.raises(UsageError, match=r"received 'val_los'\. Did you mean 'val_loss'"):
        made()["val_los"]
    with pytest.raises(UsageError, match="the column of the history is not known"):
        made().best("nothing")
    for ask in (lambda h: h.best(), lambda h: h.last):
        with pytest.raises(UsageError, match="the history is empty"):
            ask(History())
    with pytest.raises(UsageError, match="no number for 'loss'; received 1 records, all NaN"):
        History([{"loss": math.nan}]).best()


values = st.one_of(st.integers(-(2**63), 2**63), st.floats())
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


@given(st.lists(st.dictionaries(names, values, min_size=1), max_size=5))
def test_csv_and_json_read_back_exactly(tmp_path_factory: pytest.TempPathFactory, records: list[Any]) -> None:
    history = History(records, "diverged", ["a", "b"])
    path = tmp_path_factory.mktemp("history") / "h.csv"
    history.to_csv(path)
    text = json.dumps(history.to_json(), allow_nan=False)
    for again in (History.from_csv(path), History.from_json(json.loads(text))):
        # the order of columns, and not of each record, is kept; repr makes NaN equal to itself
        assert [sorted((k, repr(v)) for k, v in r.items()) for r in again.records] == [
            sorted((k, repr(v)) for k, v in r.items()) for r in records
        ]
        assert again.columns == history.columns or sorted(again.columns) == sorted(history.columns)
    assert (again.stopped, again.notes) == ("diverged", ["a", "b"])


def test_the_csv_is_a_plain_table(tmp_path: Path) -> None:
    path = tmp_path / "new" / "history.csv"
    History([{"epoch": 1, "loss": 0.1}, {"epoch": 2, "loss": math.inf, "val_loss": math.nan}]).to_csv(path)
    assert path.read_bytes() == b"epoch,loss,val_loss\n1,0.1,\n2,inf,nan\n"
    assert [p.name for p in path.parent.iterdir()] == ["history.csv"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch,loss\n1,0.5\n2,oops\n", r"line 3 \(could not convert string to float"),
        ("epoch,loss\n1\n", "line 2"),
        ("epoch,loss\n1,2,3\n", "line 2"),
        ("epoch\n\xff\xfe".encode("latin-1"), "is no history"),
    ],
)
def test_tables_that_are_no_history(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = tmp_path / "h.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=message):
        History.from_csv(path)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(DataMissingError, match="the history is not there"):
            History.from_csv(path)


def test_an_empty_history_has_files_and_tables_too(tmp_path: Path) -> None:
    history = History()
    history.to_csv(tmp_path / "h.csv")
    assert History.from_csv(tmp_path / "h.csv") == history == History.from_json(history.to_json())
    assert repr(history) == "History: 0 epochs"
    assert "0 epochs" in history._repr_html_()


@pytest.mark.tables
def test_frame() -> None:
    pandas = pytest.importorskip("pandas", reason="to_frame returns a pandas DataFrame")
    frame = made().to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == list(made().columns)
    np.testing.assert_array_equal(frame["loss"], made()["loss"])
    assert frame["epoch"].dtype.kind == "i"


def test_frame_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingPackageError, match=r"pandas, which is not installed.*history\.columns"):
        made().to_frame()


def test_text_table() -> None:
    assert repr(made()).splitlines() == [
        "History: 3 epochs, finished; best val_loss 0 at epoch 2",
        "epoch    loss  val_loss  accuracy",
        "    1       1       0.1       0.5",
        "    2     0.5         0       0.5",
        "    3  0.3333       0.1       0.5",
    ]


def test_long_histories_show_a_few_rows_from_the_first_to_the_last() -> None:
    lines = repr(made(1000)).splitlines()
    assert len(lines) == 10
    assert [int(line.split()[0]) for line in lines[2:]] == [1, 143, 286, 429, 571, 714, 857, 1000]


def test_rich_and_html_tables() -> None:
    from rich.console import Console

    console = Console(width=80, record=True, file=io.StringIO())
    console.print(made())
    text = console.export_text()
    assert "best val_loss 0 at epoch 2" in text and "0.3333" in text

    history = made()
    history.append({"epoch": 4, "<script>": 1.0})
    page = history._repr_html_()
    assert "<td>0.3333</td>" in page and "<script>" not in page and "&lt;script&gt;" in page


def test_plot_draws_the_curves() -> None:
    from matplotlib.figure import Figure

    own = Figure().subplots()
    assert made().plot(metrics=["loss"], ax=own) is own.figure
    np.testing.assert_array_equal(own.get_lines()[0].get_ydata(), made()["loss"])


def test_columns_are_records_as_soon_as_somebody_looks() -> None:
    history = History([{"epoch": 1, "loss": 0.5}])
    history.extend({"epoch": [2, 3], "loss": [0.4, 0.3]})
    assert len(history) == 3
    assert history.last == {"epoch": 3, "loss": 0.3}
    history.extend({"epoch": [4], "loss": [0.2]})
    assert history.records == [{"epoch": i, "loss": loss} for i, loss in enumerate([0.5, 0.4, 0.3, 0.2], 1)]
    assert len(history) == 4
    assert history.last is history.records[-1]
