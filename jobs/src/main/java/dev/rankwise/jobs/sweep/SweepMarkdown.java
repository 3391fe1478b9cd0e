package dev.rankwise.jobs.sweep;

import dev.rankwise.jobs.chart.NumberText;
import java.util.ArrayList;
import java.util.List;

/** The table of a sweep in Markdown, to be put into a document. */
final class SweepMarkdown {
  private SweepMarkdown() {}

  /** The table, with its caption above it and what is to be known of the runs below. */
  static String of(SweepFile file, SweepTable table, String command) {
    StringBuilder text = new StringBuilder();
    if (!file.caption().isEmpty()) {
      text.append(file.caption()).append("\n\n");
    }
    List<Figure> figures = table.figures();
    List<String> headings = new ArrayList<>(List.of("", "runs"));
    figures.forEach(figure -> headings.add(figure.heading()));
    row(text, headings);
    row(text, headings.stream().map(heading -> "---").toList());
    for (String point : table.points()) {
      List<RunRecord> runs = table.of(point);
      long done = runs.stream().filter(RunRecord::hasSucceeded).count();
      List<String> cells = new ArrayList<>();
      cells.add(point);
      cells.add(done == runs.size() ? "" + done : done + " of " + runs.size());
      for (Figure figure : figures) {
        cells.add(
            table
                .spread(point, figure)
                .map(spread -> spread.text(figure.unit()))
                .orElse(NumberText.NONE));
      }
      row(text, cells);
    }
    text.append("\nMean over the runs, with the lowest and the highest.\n\n    ")
        .append(command)
        .append('\n');
    table.notes().forEach(note -> text.append('\n').append(note).append(".\n"));
    return text.toString();
  }

  private static void row(StringBuilder text, List<String> cells) {
    text.append('|');
    cells.forEach(cell -> text.append(' ').append(escaped(cell)).append(" |"));
    text.append('\n');
  }

  private static String escaped(String cell) {
    return cell.replace("\\", "\\\\").replace("|", "\\|").replaceAll("\\R", " ");
  }
}
