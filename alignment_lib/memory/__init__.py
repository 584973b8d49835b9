"""What earlier reports said, read from their run folders: numbers, the ids behind them, open issues."""
