package dev.rankwise.jobs.sweep;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The runs of a sweep by what is compared.
 *
 * @param records how each run stands, in the order of the plan
 */
record SweepTable(List<RunRecord> records) {

  SweepTable {
    records = List.copyOf(records);
  }

  /** What is compared, in order. */
  List<String> points() {
    return records.stream().map(record -> record.run().point()).distinct().toList();
  }

  /** The runs of a point. */
  List<RunRecord> of(String point) {
    return records.stream().filter(record -> record.run().point().equals(point)).toList();
  }

  /** The figures that any run has, in their order. */
  List<Figure> figures() {
    Set<Figure> figures = new LinkedHashSet<>();
    records.forEach(record -> figures.addAll(record.figures().keySet()));
    // A run may have a figure that those before it lack; it goes to its own kind.
    List<Figure> sorted = new ArrayList<>(figures);
    sorted.sort(
        (a, b) -> Boolean.compare(a.role() == Figure.Role.COST, b.role() == Figure.Role.COST));
    return sorted;
  }

  /** What the runs of a point have of a figure. */
  List<Double> values(String point, Figure figure) {
    return of(point).stream()
        .map(record -> record.figures().get(figure))
        .filter(value -> value != null)
        .toList();
  }

  /** The same in short. */
  Optional<Spread> spread(String point, Figure figure) {
    return Spread.of(values(point, figure));
  }

  /** What a reader must know of the runs beside their figures. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    Map<String, Set<String>> rows = new LinkedHashMap<>();
    for (RunRecord record : records) {
      if (!record.dataSha256().isEmpty()) {
        rows.computeIfAbsent(record.run().recipe().dataSha256(), key -> new LinkedHashSet<>())
            .add(record.dataSha256());
      }
    }
    if (rows.values().stream().anyMatch(hashes -> hashes.size() > 1)) {
      notes.add(
          "The rows behind the same settings of data changed between runs, so some figures are not"
              + " of the same rows: sweep again into another folder to compare them");
    }
    records.stream()
        .flatMap(record -> record.run().group().stream())
        .map(SweepFile.Group::column)
        .findFirst()
        .ifPresent(
            column ->
                notes.add(
                    ("Each value of the column %s was tuned and measured on its own rows, so figures of"
                            + " two values are not of the same rows")
                        .formatted(column)));
    long missing = records.stream().filter(record -> !record.isWhole()).count();
    if (missing > 0) {
      notes.add(
          "%s of %s runs are not done: the same command does what is missing"
              .formatted(missing, records.size()));
    }
    return notes;
  }
}
