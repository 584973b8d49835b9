"""What every report says of three companies, as digests that a test compares; see README.md."""
