"""The statistics of cohorts, lead sources and lead quality: counts in, frozen results with intervals out."""
