"""What a report costs beside the floor that any do-it-yourself report pays; `make bench`."""
