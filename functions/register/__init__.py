"""register: keeps the ledger of every file's pages."""
