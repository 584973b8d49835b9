"""One file per agenda topic, one function per block: facts → a frozen block. The reports share them."""
