"""Pages that people read: the numbers of an analysis in, one self-contained HTML text out. No tasks."""
