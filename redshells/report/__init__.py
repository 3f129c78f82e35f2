"""Tasks that write reports: one self-contained HTML file that people read."""

from redshells.report.report_data import ReportData
from redshells.report.report_model import ReportModel
from redshells.report.report_recommender import ReportRecommender
from redshells.report.report_training import ReportTraining
from redshells.report.report_tuning import ReportTuning

__all__ = ['ReportData', 'ReportModel', 'ReportRecommender', 'ReportTraining', 'ReportTuning']
