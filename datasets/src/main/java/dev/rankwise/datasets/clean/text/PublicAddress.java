package dev.rankwise.datasets.clean.text;

import java.util.Arrays;
import java.util.List;

/**
 * Addresses of IPv4 (RFC 791) and IPv6 (RFC 4291) that may lead to a person: those that are reached
 * from everywhere. Private, local, shared and reserved ones (RFC 6890), and those that are set
 * aside for examples and measurements (RFC 5737, 2544, 3849), lead to nobody.
 */
final class PublicAddress {
  private static final int GROUPS = 8;
  private static final int MOST_OCTET = 255;
  private static final int FIRST_MULTICAST = 224;

  private PublicAddress() {}

  static boolean is(String address) {
    return address.indexOf(':') < 0 ? isPublicV4(address) : isPublicV6(address);
  }

  private static boolean isPublicV4(String address) {
    String[] parts = address.split("\\.", -1);
    int[] octets = new int[parts.length];
    for (int i = 0; i < parts.length; i++) {
      octets[i] = Integer.parseInt(parts[i]);
      // Octets have no leading zeros; what has is a number of a version or a part.
      if (octets[i] > MOST_OCTET || (parts[i].length() > 1 && parts[i].charAt(0) == '0')) {
        return false;
      }
    }
    int first = octets[0];
    int second = octets[1];
    boolean reserved =
        first == 0
            || first == 10
            || first == 127
            || first >= FIRST_MULTICAST
            || (first == 100 && second >= 64 && second < 128)
            || (first == 169 && second == 254)
            || (first == 172 && second >= 16 && second < 32)
            || (first == 192 && second == 168)
            || (first == 192 && second == 0 && (octets[2] == 0 || octets[2] == 2))
            || (first == 198 && (second == 18 || second == 19))
            || (first == 198 && second == 51 && octets[2] == 100)
            || (first == 203 && second == 0 && octets[2] == 113);
    return !reserved;
  }

  /** Global unicast is 2000::/3; without a gap (::) there are eight groups, with one fewer. */
  private static boolean isPublicV6(String address) {
    int gap = address.indexOf("::");
    if (gap >= 0 && address.indexOf("::", gap + 1) >= 0) {
      return false;
    }
    List<String> groups =
        Arrays.stream(address.split(":", -1)).filter(group -> !group.isEmpty()).toList();
    boolean open = gap < 0 && (address.startsWith(":") || address.endsWith(":"));
    boolean counted = gap < 0 ? groups.size() == GROUPS : groups.size() < GROUPS;
    if (open || !counted || groups.isEmpty() || address.startsWith(":")) {
      return false;
    }
    String first = groups.get(0);
    boolean example =
        Integer.parseInt(first, 16) == 0x2001
            && groups.size() > 1
            && Integer.parseInt(groups.get(1), 16) == 0xdb8;
    return !example && first.length() == 4 && (first.charAt(0) == '2' || first.charAt(0) == '3');
  }
}
