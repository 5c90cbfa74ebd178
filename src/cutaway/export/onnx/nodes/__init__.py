"""What each primitive becomes in ONNX, by family. Importing this package fills the table."""

from cutaway.export.onnx.nodes import choice, elementwise, functions, products, shapes, windows

__all__ = ["choice", "elementwise", "functions", "products", "shapes", "windows"]
