"""The figure: its chart, its words and its table in one, how charts look, and the figure as data for every writer."""
