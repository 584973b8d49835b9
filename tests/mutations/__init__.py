"""Small faults put into the numeric code on purpose: each must make a test fail."""
