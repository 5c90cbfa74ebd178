"""The native engine: any graph, compiled to machine code through llvmlite."""
