"""What stands beside the score: how it is measured, what came in, what it cost, and the figures of each month."""

from engagement.companions.models.answers import SurveyAnswer, SurveyReading, SurveyUpload
from engagement.companions.models.figures import CompanionFigure, CompanionMonth
from engagement.companions.models.settings import CompanionSetting, MonthlyMoney

__all__ = [
    "CompanionFigure",
    "CompanionMonth",
    "CompanionSetting",
    "MonthlyMoney",
    "SurveyAnswer",
    "SurveyReading",
    "SurveyUpload",
]
