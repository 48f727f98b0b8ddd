"""render: opens PDFs and draws their pages, in processes that may die of it."""
