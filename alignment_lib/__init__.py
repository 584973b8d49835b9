"""Reports from a company's CRM on which sales and marketing agree."""

__version__ = "0.1.0"
