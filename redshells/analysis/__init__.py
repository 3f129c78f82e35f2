"""What is found out about tables, predictions, models and searches: data in, numbers out. No tasks, no drawing."""
