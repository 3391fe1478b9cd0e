package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.survey.FolderProbe;
import dev.rankwise.jobs.survey.SharedFolder;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;

/** The places that are to be shared, for as long as they are looked at. */
final class TriedFolders implements AutoCloseable {
  private final List<Place> places;
  private final Map<Place, SharedFolder> opened = new LinkedHashMap<>();
  private final Map<Place, String> failures = new LinkedHashMap<>();

  /**
   * A place.
   *
   * @param role what names it
   * @param address its full address
   */
  record Place(String role, String address) {}

  TriedFolders(List<Place> places, Configuration files) {
    this.places = List.copyOf(places);
    for (Place place : places) {
      try {
        opened.put(place, SharedFolder.in(place.address(), files));
      } catch (UserInputException e) {
        failures.put(place, e.getMessage());
      }
    }
  }

  /** What executors are to look at. */
  List<FolderProbe> probes() {
    return opened.values().stream().map(SharedFolder::probe).toList();
  }

  /**
   * What became of each.
   *
   * @param executors ids of those that were asked
   */
  List<FolderReport> reports(List<String> executors) {
    List<FolderReport> reports = new ArrayList<>();
    for (Place place : places) {
      SharedFolder folder = opened.get(place);
      reports.add(
          new FolderReport(
              place.role(),
              place.address(),
              failures.getOrDefault(place, ""),
              folder == null ? Set.of() : folder.seen(executors)));
    }
    return reports;
  }

  @Override
  public void close() {
    opened.values().forEach(SharedFolder::close);
  }
}
