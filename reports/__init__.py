"""How a result looks: values in, figures and PDF out."""
