"""What the tuning of text models is called, and what they are tuned for besides metrics of classifications."""

PROBLEM = 'text'
OWN_METRICS = ('coherence', 'word_pairs')
USUAL_METRIC = 'accuracy'
