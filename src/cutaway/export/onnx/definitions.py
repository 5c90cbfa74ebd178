"""Operators that ONNX defines by others, and functions that a file defines itself: bodies made of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cutaway.export.onnx.reader import onnx_package

STANDARD = ("", "ai.onnx")
"""The two names of the domain of the standard operators."""


def defined(node: Any, opset: int) -> Any:
    """The definition of an operator that ONNX defines by others."""
    onnx = onnx_package()
    domain = "" if node.domain in STANDARD else node.domain
    try:
        schema = onnx.defs.get_schema(node.op_type, opset if not domain else 1, domain)
    except onnx.defs.SchemaError:
        return None
    return schema if schema.has_function or schema.has_context_dependent_function else None


def expanded(node: Any, opset: int, given: list[Any]) -> Any:
    """The body that ONNX gives for an operator, for inputs of these dtypes and shapes."""
    onnx = onnx_package()
    schema, body = defined(node, opset), onnx.FunctionProto()
    assert schema is not None
    if schema.has_function:
        versions = [v for v in schema.function_opset_versions if v <= opset] or schema.function_opset_versions
        body.ParseFromString(schema.get_function_with_opset_version(max(versions)))
        return body
    versions = schema.context_dependent_function_opset_versions
    versions = [v for v in versions if v <= opset] or versions
    types = [_type(x).SerializeToString() for x in given]
    text = schema.get_context_dependent_function_with_opset_version(max(versions), node.SerializeToString(), types)
    body.ParseFromString(text)
    return body


def _type(x: Any) -> Any:
    onnx = onnx_package()
    if x is None:
        return onnx.TypeProto()
    return onnx.helper.make_tensor_type_proto(onnx.helper.np_dtype_to_tensor_dtype(x.dtype), np.shape(x))


def filled(node: Any, passed: Mapping[str, Any]) -> Any:
    """A node of a function's body with the attributes that it takes from the function's call."""
    onnx = onnx_package()
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    copy.ClearField("attribute")
    for a in node.attribute:
        if a.ref_attr_name:
            if a.ref_attr_name in passed:
                new = copy.attribute.add()
                new.CopyFrom(passed[a.ref_attr_name])
                new.name = a.name
            continue
        new = copy.attribute.add()
        new.CopyFrom(a)
        if a.type == onnx.AttributeProto.GRAPH:
            inner = [filled(n, passed) for n in a.g.node]
            del new.g.node[:]
            new.g.node.extend(inner)
    return copy
