package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.page.SectionFrame;
import java.util.Map;

/** What the result depends on, folded. */
final class ProvenanceSection {
  private ProvenanceSection() {}

  static void write(Markup page, RunReport report) {
    SectionFrame.open(
        page,
        "provenance",
        "Where it comes from",
        "The first folded list holds all that the adapter's bytes depend on: two runs with the same"
            + " fingerprint write the same file. The second is the recipe of this run.");
    page.open("p").text("Fingerprint ").element("code", report.fingerprint().sha256());
    page.close().line();
    page.open("details").element("summary", "Parts of the fingerprint").line();
    SectionFrame.openTable(page, "figures parts", "Part", "Value");
    for (Map.Entry<String, String> part : report.fingerprint().parts().entrySet()) {
      page.open("tr").element("th", part.getKey(), "scope", "row");
      page.element("td", part.getValue()).close().line();
    }
    SectionFrame.closeTable(page);
    page.close().line();
    page.open("details").element("summary", "Recipe, as resolved").line();
    page.open("pre", "tabindex", "0").element("code", report.recipe()).close();
    page.close().line();
    page.close().line();
  }
}
