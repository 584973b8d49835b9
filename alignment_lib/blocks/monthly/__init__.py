"""The monthly deep dive: one file per agenda topic; `running_order` is what a notebook asks."""
