from tests.fixtures.report_fonts import report_fonts, report_press

__all__ = ["report_fonts", "report_press"]
