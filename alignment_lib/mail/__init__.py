"""Mail: letters built from a published run's results.json, checked, and sent once to each reader."""
