package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.doctor.Finding.Weight;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a check came to.
 *
 * @param name its name, one word in lower case
 * @param told what there is, on one line
 * @param findings what it found against it
 */
public record Checked(String name, String told, List<Finding> findings) {

  public Checked {
    findings = List.copyOf(findings);
  }

  /** Whether something must be mended. */
  public boolean mustBeMended() {
    return findings.stream().anyMatch(finding -> finding.weight() == Weight.MEND);
  }

  /** All of it by name, for scripts. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("check", name);
    fields.put("verdict", mustBeMended() ? "mend" : findings.isEmpty() ? "well" : "note");
    fields.put("told", told);
    List<Map<String, Object>> each = new ArrayList<>();
    for (Finding finding : findings) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("weight", finding.weight().name().toLowerCase(Locale.ROOT));
      one.put("what", finding.what());
      one.put("remedy", finding.remedy());
      each.add(one);
    }
    fields.put("findings", each);
    return fields;
  }
}
