"""A report in the terminal, as Markdown and as HTML: three short printers of the same story."""
