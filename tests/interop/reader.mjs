// Reads calendar files with ical.js and says what is in them, as JSON by uid.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const found = {};
for (const path of process.argv.slice(2)) {
    const calendar = new ICAL.Component(ICAL.parse(readFileSync(path, "utf8")));
    for (const part of calendar.getAllSubcomponents()) {
        const day = part.getFirstPropertyValue(part.name === "vevent" ? "dtstart" : "due");
        found[part.getFirstPropertyValue("uid")] = {
            kind: part.name.toUpperCase(),
            summary: part.getFirstPropertyValue("summary"),
            text: part.getFirstPropertyValue("description") ?? "",
            contact: part.getFirstPropertyValue("contact") ?? "",
            status: part.getFirstPropertyValue("status"),
            day: day.toString().slice(0, 10),
            alarms: part.getAllSubcomponents("valarm").length,
        };
    }
}
process.stdout.write(JSON.stringify(found));
