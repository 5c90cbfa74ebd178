"""Graphs in every form become one matrix; the data sets on graphs are those that were published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from cutaway.data import GraphDataset, adjacency, load
from cutaway.errors import CutawayError, DataError, DataMissingError, DtypeError, ShapeError, UsageError

PAIRS = [[0, 1], [1, 2], [1, 3]]
STAR = np.array([[0, 1, 0, 0], [1, 0, 1, 1], [0, 1, 0, 0], [0, 1, 0, 0]])
BOTH_WAYS = np.array([[0, 1, 1, 2, 1, 3], [1, 0, 2, 1, 3, 1]])


# One matrix -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        PAIRS,
        np.array(PAIRS, np.int16),
        [*PAIRS, [2, 1], [0, 1]],
        [(a, b) for a, b in PAIRS],
        BOTH_WAYS,
        np.hstack([BOTH_WAYS, BOTH_WAYS]),
        STAR,
        STAR.astype(bool),
        STAR.tolist(),
        sparse.csr_matrix(STAR),
        sparse.coo_array(STAR),
        sparse.lil_array(STAR),
    ],
)
def test_every_form_gives_the_same_matrix(source: Any) -> None:
    found = adjacency(source)
    assert isinstance(found, sparse.csr_array) and found.dtype == np.float64
    assert found.has_canonical_format and found.has_sorted_indices and found.nnz == 6
    np.testing.assert_array_equal(found.toarray(), STAR)


def test_an_edge_index_goes_from_the_first_row_to_the_second() -> None:
    found = adjacency(np.array([[0, 0, 2], [1, 2, 1]])).toarray()
    np.testing.assert_array_equal(found, [[0, 0, 0], [1, 0, 1], [1, 0, 0]])  # node 1 hears 0 and 2


def test_a_pair_of_a_node_with_itself_is_one_edge() -> None:
    np.testing.assert_array_equal(adjacency([[0, 1], [1, 1], [1, 2]]).toarray(), [[0, 1, 0], [1, 1, 1], [0, 1, 0]])


def test_nodes_without_an_edge_can_be_asked_for() -> None:
    assert adjacency(PAIRS, 6).shape == adjacency(BOTH_WAYS, 6).shape == (6, 6)
    assert adjacency(STAR, 4).shape == (4, 4)


def test_weights_are_kept_and_zeros_are_not() -> None:
    matrix = sparse.coo_array(([0.5, 0.25, 0.0], ([0, 0, 1], [1, 1, 2])), shape=(3, 3))
    found = adjacency(matrix)
    assert found.nnz == 1 and found[0, 1] == 0.75


def test_the_source_is_copied() -> None:
    source = sparse.csr_array(STAR.astype(float))
    found = adjacency(source)
    source.data[:] = 7
    np.testing.assert_array_equal(found.toarray(), STAR)


def test_networkx_graphs() -> None:
    networkx = pytest.importorskip("networkx", reason="reads NetworkX graphs")
    graph = networkx.Graph([("b", "a"), ("a", "c"), ("c", "c")])
    graph["a"]["c"]["weight"] = 2.5
    np.testing.assert_array_equal(adjacency(graph).toarray(), networkx.to_numpy_array(graph))
    directed = networkx.DiGraph([(0, 1), (2, 1)])
    np.testing.assert_array_equal(adjacency(directed).toarray(), networkx.to_numpy_array(directed).T)
    several = networkx.MultiGraph([(0, 1), (0, 1)])
    np.testing.assert_array_equal(adjacency(several).toarray(), [[0, 2], [2, 0]])
    assert adjacency(networkx.empty_graph(3)).nnz == 0
    with pytest.raises(DataError, match="no nodes"):
        adjacency(networkx.Graph())


WRONG: list[tuple[Any, type[CutawayError], str]] = [
    ("relu", DtypeError, "no graph that can be read; received str"),
    (None, DtypeError, "received NoneType"),
    ([["a", "b"], ["b", "c"], ["c", "d"]], DtypeError, "received an array of dtype <U1"),
    ([[0, 1], [2]], ShapeError, "received rows of other lengths"),
    (np.zeros((3, 4)), ShapeError, r"received shape \(3, 4\)"),
    (np.zeros(3), ShapeError, r"received shape \(3,\)"),
    (np.zeros((0, 2), int), ShapeError, r"received shape \(0, 2\)"),
    (sparse.csr_array((3, 4)), ShapeError, r"received shape \(3, 4\)"),
    (sparse.csr_array((3, 2)), ShapeError, r"received shape \(3, 2\)"),
    ([[0, 1], [1, 0]], ShapeError, "a matrix of two nodes as well as two edges"),
    ([[0, 1.5], [1, 2], [2, 3]], DtypeError, "numbers that are not whole"),
    ([[0, -1], [1, 2], [2, 3]], DataError, "received an edge of node -1"),
    (np.full((3, 3), np.nan), DataError, "received 9 edges with NaN"),
]


@pytest.mark.parametrize(("source", "kind", "words"), WRONG)
def test_what_is_no_graph_is_refused(source: Any, kind: type[CutawayError], words: str) -> None:
    with pytest.raises(kind, match=words):
        adjacency(source)


def test_a_number_of_nodes_that_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match=r"There are 3 nodes.*received an edge of node 3"):
        adjacency(PAIRS, 3)
    with pytest.raises(ShapeError, match="not one of 5 nodes"):
        adjacency(STAR, 5)
    with pytest.raises(UsageError, match="n_nodes"):
        adjacency(PAIRS, 0)


# The karate club --------------------------------------------------------------------------------------------------


def test_the_karate_club_is_that_of_networkx() -> None:
    networkx = pytest.importorskip("networkx", reason="compares with NetworkX's copy")
    club, theirs = load("karate"), networkx.karate_club_graph()
    assert isinstance(club, GraphDataset)
    np.testing.assert_array_equal(club.adjacency.toarray(), networkx.to_numpy_array(theirs, weight=None))
    assert [club.class_names[side] for side in club.y] == [theirs.nodes[i]["club"] for i in theirs]


def test_the_karate_club_describes_itself() -> None:
    club = load("karate")
    assert isinstance(club, GraphDataset)
    assert repr(club) == "GraphDataset('karate': 34 samples x 34 features; binary side: Mr. Hi 17, Officer 17)"
    assert (len(club), club.n_edges, club.n_classes) == (34, 78, 2)
    assert np.flatnonzero(club.train).tolist() == [0, 33]
    assert not (club.train & club.test).any() and (club.train | club.test).all() and not club.validation.any()
    about = json.loads(json.dumps(club.summary()))
    assert (about["n_edges"], about["train"], about["test"]) == (78, 2, 32)


def test_the_nodes_of_a_graph_cannot_be_taken_apart() -> None:
    club = load("karate")
    for call in (club.split, lambda: club.subset([0, 1])):
        with pytest.raises(UsageError, match=r"rows=data.train"):
            call()


def small(**changes: Any) -> GraphDataset:
    mask = np.array([True, False, False, False])
    parts: dict[str, Any] = {"X": np.eye(4), "adjacency": STAR, "train": mask, "validation": mask, "test": ~mask}
    names = {"feature_names": tuple("abcd"), "class_names": ("no", "yes")}
    return GraphDataset(name="star", y=[0, 1, 0, 0], task="binary", **(parts | names | changes))


def test_parts_that_do_not_fit_are_refused() -> None:
    assert small().n_edges == 3
    assert small(adjacency=np.array([[0, 1], [1, 1], [2, 3]])).n_edges == 3  # one of them from a node to itself
    with pytest.raises(ShapeError, match="train does not fit the rows of X; received 3 nodes for 4 rows"):
        small(train=[True, False, False])
    with pytest.raises(ShapeError, match="adjacency does not fit"):
        small(adjacency=[[0, 1], [1, 2], [2, 0]])
    with pytest.raises(DataError, match="not finite"):
        small(X=sparse.csr_array(np.full((4, 4), np.inf)))
    with pytest.raises(DtypeError, match="real numbers"):
        small(X=sparse.csr_array(np.eye(4) * 1j))


# Cora -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def cora(data_folder: Path) -> GraphDataset:
    found = load("cora", data_dir=data_folder)
    assert isinstance(found, GraphDataset)
    return found


def test_cora_is_that_of_the_papers(cora: GraphDataset) -> None:
    assert cora.X.shape == (2708, 1433) and cora.X.nnz == 49_216 and cora.n_edges == 5278
    np.testing.assert_allclose(cora.X.sum(axis=1), 1)
    assert [int(mask.sum()) for mask in (cora.train, cora.validation, cora.test)] == [140, 500, 1000]
    assert np.bincount(cora.y[cora.train]).tolist() == [20] * 7
    assert np.bincount(cora.y).tolist() == [351, 217, 418, 818, 426, 298, 180]
    assert (cora.adjacency != cora.adjacency.T).nnz == 0 and not cora.adjacency.diagonal().any()


def test_cora_as_pytorch_geometric_has_it(cora: GraphDataset, tmp_path: Path) -> None:
    links = cora.adjacency.tocoo()
    x = (cora.X.toarray() > 0).astype(np.float32)
    edge_index = np.array([links.row, links.col])
    (tmp_path / "cora").mkdir()
    np.savez(tmp_path / "cora" / "cora.npz", x=x, y=cora.y, edge_index=edge_index)
    again = load("cora", data_dir=tmp_path)
    assert isinstance(again, GraphDataset) and str(tmp_path) in again.source
    assert abs(again.X - cora.X).nnz == abs(again.adjacency - cora.adjacency).nnz == 0
    np.savez(tmp_path / "cora" / "cora.npz", x=x, y=cora.y[::-1], edge_index=edge_index)
    with pytest.raises(DataError, match="is not Cora as it was published"):
        load("cora", data_dir=tmp_path)


def test_what_is_not_cora_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cora.npz").write_bytes(b"PK")
    with pytest.raises(DataError, match="cannot be read as Cora"):
        load("cora", data_dir=tmp_path)
    np.savez(tmp_path / "cora.npz", x=np.eye(4), y=[0, 0, 1, 1])
    with pytest.raises(DataError, match="edge_index"):
        load("cora", data_dir=tmp_path)
    np.savez(tmp_path / "cora.npz", x=np.eye(4), y=[0, 0, 1, 1], edge_index=BOTH_WAYS)
    with pytest.raises(DataError, match="is not Cora as it was published; received 4 papers, 4 words"):
        load("cora", data_dir=tmp_path)


def test_without_cora_it_says_where_it_looked_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CUTAWAY_DATA", "XDG_CACHE_HOME", "LOCALAPPDATA", "HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataMissingError) as caught:
        load("cora", data_dir=tmp_path / "given")
    for words in ("given", "CUTAWAY_DATA", "Planetoid", "numpy.savez('cora.npz'"):
        assert words in str(caught.value)
