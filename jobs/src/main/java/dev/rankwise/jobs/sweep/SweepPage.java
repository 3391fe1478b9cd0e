package dev.rankwise.jobs.sweep;

import dev.rankwise.jobs.chart.Axis;
import dev.rankwise.jobs.chart.DotStrip;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.page.PageFrame;
import dev.rankwise.jobs.page.SectionFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The page of a sweep: the table, a picture of each figure, and the runs one by one. */
final class SweepPage {
  private static final int MARKS = 5;

  private SweepPage() {}

  /** The whole page; the same bytes for the same figures. */
  static String of(SweepFile file, SweepTable table, String command) {
    return PageFrame.around(
        file.name(),
        page -> {
          headline(page, file, table);
          result(page, file, table);
          pictures(page, table);
          runs(page, table);
          origin(page, file, command);
        });
  }

  private static void headline(Markup page, SweepFile file, SweepTable table) {
    int runs = table.records().size();
    page.open("header").line();
    page.open("p", "class", "kind").text("Rankwise sweep").close();
    page.element("h1", file.name()).line();
    page.element(
        "p",
        ("This page lays %s runs side by side. Each starts from the recipe %s; %s settings are"
                + " compared, and what differs besides is the seed alone. All figures of quality come"
                + " from rows that training never saw.")
            .formatted(
                NumberText.count(runs),
                file.recipe().getFileName(),
                NumberText.count(table.points().size())),
        "class",
        "reading");
    page.element(
        "p", "Tables that are wider than the screen scroll sideways.", "class", "note narrow");
    long failed = table.records().stream().filter(RunRecord::hasFailed).count();
    long done = table.records().stream().filter(RunRecord::isWhole).count();
    page.open("p", "class", done == runs ? "status good" : "status bad");
    page.element("strong", done == runs ? "✓ all done" : "✕ not all done");
    page.text(" %s of %s runs are done".formatted(done, runs));
    page.text(failed > 0 ? ", %s failed".formatted(failed) : "").close().line();
    page.close().line();
  }

  private static void result(Markup page, SweepFile file, SweepTable table) {
    SectionFrame.open(
        page,
        "result",
        "The result",
        "A row for each thing that is compared: the mean over its runs, and in brackets the lowest and"
            + " the highest. Two rows whose brackets overlap are not told apart by so few runs.");
    if (!file.caption().isEmpty()) {
      page.element("p", file.caption(), "class", "note").line();
    }
    List<Figure> figures = table.figures();
    List<String> headings = new ArrayList<>(List.of("", "runs"));
    figures.forEach(figure -> headings.add(figure.heading()));
    SectionFrame.openTable(page, "figures", headings.toArray(String[]::new));
    for (String point : table.points()) {
      long done = table.of(point).stream().filter(RunRecord::hasSucceeded).count();
      page.open("tr");
      SectionFrame.rowHead(page, point);
      SectionFrame.number(page, NumberText.count(done));
      for (Figure figure : figures) {
        cell(page, table.spread(point, figure), figure);
      }
      page.close().line();
    }
    SectionFrame.closeTable(page);
    table.notes().forEach(note -> page.element("p", note + ".", "class", "note").line());
    page.close().line();
  }

  private static void cell(Markup page, Optional<Spread> spread, Figure figure) {
    SectionFrame.number(page, spread.map(it -> it.text(figure.unit())).orElse(NumberText.NONE));
  }

  private static void pictures(Markup page, SweepTable table) {
    List<Figure> pictured = table.figures().stream().filter(Figure::isPictured).toList();
    if (pictured.isEmpty()) {
      return;
    }
    SectionFrame.open(
        page,
        "pictures",
        "Figure by figure",
        "A dot is a run, the upright line the mean of its row. The scales begin where the least value"
            + " lies, not at zero: look at the numbers below them before calling a distance large.");
    for (Figure figure : pictured) {
      picture(page, table, figure);
    }
    page.close().line();
  }

  private static void picture(Markup page, SweepTable table, Figure figure) {
    List<Double> all = new ArrayList<>();
    table.points().forEach(point -> all.addAll(table.values(point, figure)));
    Spread whole = Spread.of(all).orElseThrow();
    double scale = scale(figure);
    Axis axis = Axis.around(scale * whole.low(), scale * whole.high(), MARKS);
    page.element("h3", figure.heading()).line();
    page.open("table", "class", "bars tight dots").open("tbody").line();
    for (String point : table.points()) {
      page.open("tr");
      SectionFrame.rowHead(page, point);
      page.open("td", "class", "bar");
      Optional<Spread> spread = table.spread(point, figure);
      String mean = spread.map(it -> figure.unit().text(it.mean())).orElse(NumberText.NONE);
      List<DotStrip.Dot> dots = new ArrayList<>();
      for (RunRecord record : table.of(point)) {
        Double value = record.figures().get(figure);
        if (value != null && Double.isFinite(value)) {
          String told = record.run().label() + ": " + figure.unit().text(value);
          dots.add(new DotStrip.Dot(scale * value, told));
        }
      }
      DotStrip.draw(page, axis, dots, point + ", " + figure.heading() + " " + mean);
      page.close();
      SectionFrame.number(page, mean);
      page.close().line();
    }
    page.open("tr").element("th", "").open("td", "class", "bar");
    DotStrip.marks(page, axis, unit(figure));
    page.close().element("td", "").close().line();
    page.close().close().line();
  }

  /** By what the values are multiplied on the axis. */
  private static double scale(Figure figure) {
    return switch (figure.unit()) {
      case SHARE -> 100;
      case BYTES -> 1e-6;
      case NUMBER, COUNT, SECONDS -> 1;
    };
  }

  private static String unit(Figure figure) {
    return switch (figure.unit()) {
      case SHARE -> " %";
      case BYTES -> " MB";
      case SECONDS -> " s";
      case NUMBER, COUNT -> "";
    };
  }

  private static void runs(Markup page, SweepTable table) {
    SectionFrame.open(
        page,
        "runs",
        "Every run",
        "Each folder holds a run as the command tune leaves it, with a report of its own.");
    List<Figure> figures =
        table.figures().stream().filter(figure -> figure.role() == Figure.Role.AFTER).toList();
    List<String> headings = new ArrayList<>(List.of("", "status"));
    figures.forEach(figure -> headings.add(figure.heading()));
    headings.add("folder");
    SectionFrame.openTable(page, "figures parts tight", headings.toArray(String[]::new));
    for (RunRecord record : table.records()) {
      page.open("tr");
      SectionFrame.rowHead(page, record.run().label());
      page.element("td", record.status(), "class", record.hasSucceeded() ? "right" : "wrong");
      for (Figure figure : figures) {
        Double value = record.figures().get(figure);
        SectionFrame.number(page, value == null ? NumberText.NONE : figure.unit().text(value));
      }
      page.open("td").element("code", record.run().folder().getFileName().toString()).close();
      page.close().line();
      if (record.hasFailed()) {
        page.open("tr").element("td", "");
        page.element("td", record.message(), "colspan", Integer.toString(headings.size() - 1));
        page.close().line();
      }
    }
    SectionFrame.closeTable(page);
    page.close().line();
  }

  private static void origin(Markup page, SweepFile file, String command) {
    SectionFrame.open(
        page, "origin", "Where it comes from", "The same command does what is missing.");
    page.open("pre").element("code", command).close().line();
    page.element("p", "The recipe that all runs start from: " + file.recipe(), "class", "note");
    page.close().line();
  }
}
