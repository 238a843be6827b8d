"""One verb a file: receive, intake, dispatch, settle, receipts, reconcile, seal, explain."""
