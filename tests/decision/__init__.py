"""Score, ranking, decision and path to GO, from items put together by hand."""
