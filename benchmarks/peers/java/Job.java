import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** The plain job's one step, the same on every Java engine; money is in minor units. */
public final class Job {
    static final ObjectMapper JSON = new ObjectMapper();
    static final long MONTH_MS = 30L * 24 * 60 * 60 * 1000;
    static final long MINOR_PER_POINT = 100;
    static final long SILVER_OVER_MINOR = 200_000;
    static final long GOLD_OVER_MINOR = 1_000_000;

    /** What the job needs of a purchase. */
    public static class Purchase {
        public String id;
        public String customer;
        public long occurredMs;
        public long amountMinor;
    }

    /** The customer's new state and the answers; tier is null when it stays the same. */
    record Step(byte[] state, byte[] points, byte[] tier) {}

    static Purchase read(byte[] value) throws IOException {
        JsonNode event = JSON.readTree(value);
        Purchase purchase = new Purchase();
        purchase.id = event.get("event_id").asText();
        purchase.customer = event.get("customer_id").asText();
        purchase.occurredMs = event.get("occurred_at").asLong();
        purchase.amountMinor = event.get("amount").asLong();
        return purchase;
    }

    /** One purchase meets one customer, whose state before it is null at the first. */
    static Step step(byte[] before, Purchase purchase) throws IOException {
        ObjectNode state = before == null ? JSON.createObjectNode() : (ObjectNode) JSON.readTree(before);
        ObjectNode months = state.has("months") ? (ObjectNode) state.get("months") : state.putObject("months");
        String month = Long.toString(purchase.occurredMs / MONTH_MS);
        months.put(month, months.path(month).asLong(0) + purchase.amountMinor);
        long points = purchase.amountMinor / MINOR_PER_POINT;
        state.put("points", state.path("points").asLong(0) + points);
        long spend = 0;
        for (JsonNode each : months) {
            spend += each.asLong();
        }
        String tier = spend > GOLD_OVER_MINOR ? "gold" : spend > SILVER_OVER_MINOR ? "silver" : "base";
        boolean changed = !tier.equals(state.path("tier").asText(""));
        state.put("tier", tier);
        return new Step(
                JSON.writeValueAsBytes(state),
                JSON.writeValueAsBytes(answer(purchase).put("points", points)),
                changed ? JSON.writeValueAsBytes(answer(purchase).put("tier", tier)) : null);
    }

    private static ObjectNode answer(Purchase purchase) {
        return JSON.createObjectNode().put("id", purchase.id);
    }

    private Job() {}
}
