from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutaway.data import csv_file
from cutaway.data.csv_file import find_delimiter, read_csv
from cutaway.errors import DataError


def write(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def cells(path: Path) -> dict[str, list[str]]:
    return {name: column.texts for name, column in read_csv(path).columns.items()}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path: Path, delimiter: str, end: str) -> None:
    text = "a,b,c\n1,x y,3\n4,z,6\n".replace(",", delimiter).replace("\n", end)
    assert cells(write(tmp_path, text)) == {"a": ["1", "4"], "b": ["x y", "z"], "c": ["3", "6"]}


def test_the_delimiter_is_the_one_that_fits_the_line_of_names() -> None:
    assert find_delimiter("name;note\nAda;one, two, three\nBob;four, five, six\n") == ";"
    assert find_delimiter('name,note\n"Ada; B.",x\n"Bob; C.",y\n') == ","
    assert find_delimiter("a,b,c;d\n1,2,3\n4,5,6\n") == ","
    assert find_delimiter("one\n1\n2\n") == ","


words = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=8)


@given(
    rows=st.lists(st.tuples(words, words, words), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    bom=st.booleans(),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_with_quotes_is_read_again(
    tmp_path: Path, rows: list[tuple[str, str, str]], delimiter: str, bom: bool
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("first", "second", "third"), *rows])
    path = write(tmp_path, text.getvalue().encode("utf-8-sig" if bom else "utf-8"))
    kept = [[cell.strip() for cell in row] for row in rows]
    assert list(map(list, zip(*cells(path).values(), strict=True))) == kept


def test_quotes_may_hold_delimiters_line_breaks_and_quotes(tmp_path: Path) -> None:
    path = write(tmp_path, 'name,note\n"Doe, Ann","says ""hi""\nand goes"\nBob,x\n')
    table = read_csv(path)
    assert cells(path) == {"name": ["Doe, Ann", "Bob"], "note": ['says "hi"\nand goes', "x"]}
    assert [table.where(row) for row in range(2)] == ["line 2", "line 4"]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert list(read_csv(write(tmp_path, b"\xef\xbb\xbfage,x\n1,2\n")).columns) == ["age", "x"]


def test_blank_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    table = read_csv(write(tmp_path, "\na,b\n\n1,2\n   \n3,4\n\n"))
    assert cells(table.path) == {"a": ["1", "3"], "b": ["2", "4"]}
    assert table.where(1) == "line 6"


def test_spaces_around_names_and_cells_are_removed(tmp_path: Path) -> None:
    assert cells(write(tmp_path, ' a , "b"\n 1 , "x, y"\n')) == {"a": ["1"], "b": ["x, y"]}


def test_numbers(tmp_path: Path) -> None:
    column = read_csv(write(tmp_path, "a,b\n1,0\n-2.5,0\n+3e-2,0\n1_000,0\nNaN,0\ninf,0\n")).columns["a"]
    assert np.array_equal(column.numbers, [1, -2.5, 0.03, np.nan, np.nan, np.inf], equal_nan=True)
    assert column.missing == [4]


def test_a_comma_is_a_decimal_point_where_semicolons_separate(tmp_path: Path) -> None:
    column = read_csv(write(tmp_path, "a;b\n1,5;x\n2;y\n-0,25;z\n")).columns["a"]
    assert column.numbers.tolist() == [1.5, 2, -0.25]
    with_tabs = read_csv(write(tmp_path, "a\tb\n1,500\tx\n")).columns["a"]
    assert np.isnan(with_tabs.numbers).all()


@pytest.mark.parametrize("cell", ["", "NA", "n/a", "nan", "NULL", "None", "?", "  "])
def test_words_for_a_missing_value(tmp_path: Path, cell: str) -> None:
    assert read_csv(write(tmp_path, f"a,b\n1,x\n{cell},y\n")).columns["a"].missing == [1]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n3.5,-4\n",
        "a,b\n1,2\n3,4",
        "a;b\n1;2\n3;4\n",
        "a,b\n 1, 2\n3,4\n",
        "a ,b\n1,2\n3,4\n",
        '"a", "b"\n1,2\n3,4\n',
    ],
)
def test_the_fast_reader_of_numbers_agrees_with_the_slow_one(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = read_csv(write(tmp_path, text))
    monkeypatch.setattr(csv_file, "LARGE", 0)
    fast = read_csv(slow.path)
    assert not fast.columns["a"].is_text
    for name in ("a", "b"):
        assert np.array_equal(slow.columns[name].numbers, fast.columns[name].numbers)
    assert [slow.where(row) for row in range(2)] == [fast.where(row) for row in range(2)]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,x\n",
        'a,b\n"1",2\n',
        '"c\nd",a\n1,2\n',
        "a,b\n1,\n",
        "a,b\n1,nan\n",
        "\na,b\n1,2\n",
        "a,b\n1,2\n\n3,4\n",
        "a;b\n1,5;2\n",
    ],
)
def test_the_fast_reader_leaves_what_is_unusual_to_the_slow_one(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "LARGE", 0)
    assert read_csv(write(tmp_path, text)).columns["a"].is_text


@given(content=st.binary(max_size=60) | st.text(alphabet='ab1.,;"\n\r\t -', max_size=60).map(str.encode))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_holds_the_error_is_one_that_says_so(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path, content)
    try:
        table = read_csv(path)
    except DataError as error:
        assert "'table.csv'" in str(error)
    else:
        assert len({len(column.texts) for column in table.columns.values()}) == 1


def test_a_cell_without_end(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"begins on line 2 .* received field larger than field limit"):
        read_csv(write(tmp_path, "a,b\n1," + "x" * 200_000 + "\n"))


@pytest.mark.parametrize("large", [0, 10**9])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "'table.csv' is empty"),
        (b" \n\n\t\n", "'table.csv' is empty"),
        (b"\xef\xbb\xbf\n", "'table.csv' is empty"),
        (b'""\n', "'table.csv' is empty"),
        (b"a,b\n", "has a line of names and no rows; received a, b"),
        (b"a,b\n1,2\n3\n", "Line 3 of 'table.csv' has 1 value for 2 columns"),
        (b"a,b\n1,2\n3,4,5\n", "Line 3 of 'table.csv' has 3 values for 2 columns"),
        (b"a,b\n1,2\n\n\n3\n", "Line 5 "),
        (b"a,,c\n1,2,3\n", "Column 2 of 'table.csv' has no name"),
        (b"a,b,a,b\n1,2,3,4\n", "occur more than once; received 'a', 'b'"),
        (b"a, a\n1,2\n", "occur more than once; received 'a'"),
        (b"5.1,3.5,0\n4.9,3.0,1\n", "holds numbers where column names belong; received 5.1, 3.5, 0"),
        (b"a,b\n1,caf\xe9\n", "not UTF-8 text; received byte 0xe9 on line 2"),
        ("a,b\n1,2\n".encode("utf-16"), "not UTF-8 text; received byte 0xff on line 1"),
        (b"a,b\n1,\0\n", "not a text file; received a zero byte"),
        (b'a,b\n1,2\n"3,4\n5,6\n', "begins on line 3 of 'table.csv' cannot be read; received unexpected end of data"),
        (b'a,b\n1,"x"y\n', "begins on line 2 of 'table.csv' cannot be read"),
    ],
)
def test_tables_that_cannot_be_read(
    tmp_path: Path, text: bytes, message: str, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "LARGE", large)
    with pytest.raises(DataError) as caught:
        read_csv(write(tmp_path, text))
    assert message in str(caught.value)
