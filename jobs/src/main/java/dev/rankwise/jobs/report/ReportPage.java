package dev.rankwise.jobs.report;

import dev.rankwise.jobs.page.PageFrame;

/** The page of a run. */
public final class ReportPage {
  private ReportPage() {}

  /** The whole page; the same bytes for the same report. */
  public static String of(RunReport report) {
    return PageFrame.around(
        report.task(),
        page -> {
          HeadlineSection.write(page, report);
          EvaluationSection.write(page, report);
          TrainingSection.write(page, report);
          TimeSection.write(page, report);
          DataSection.write(page, report.data());
          RunCardSection.write(page, report);
          ProvenanceSection.write(page, report);
        });
  }
}
