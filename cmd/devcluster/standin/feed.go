package standin

import (
	"net/http"
	"strings"
)

// feeds are the feed actions of the catalog that the platform installs, shared with every tenant, with what each must be told.
var feeds = map[string]string{"whisk.system/alarms/alarm": "cron", "whisk.system/messaging/kafkaFeed": "topic"}

// feed invokes a feed action: CREATE wants a trigger of the tenant whose key it is given, which gets events from then on,
// and DELETE ends that. What is wrong is an error of the action.
func (o *OpenWhisk) feed(w http.ResponseWriter, r *http.Request, name string) {
	body, err := readBody(w, r)
	if err != nil {
		o.refuse(w, http.StatusBadRequest, "The request content was malformed.")
		return
	}
	o.next++
	w.Header().Set("x-openwhisk-activation-id", activationID(o.next))
	trigger := strings.TrimPrefix(text(body, "triggerName"), "/")
	tenant, _, _ := strings.Cut(trigger, "/")
	fail := func(why string) { answer(w, http.StatusBadGateway, object{"error": why}) }
	switch event := text(body, "lifecycleEvent"); {
	case o.keys[text(body, "authKey")] != tenant || tenant == "":
		fail("Trigger authentication request failed.")
	case event == "CREATE" && o.objects["triggers"][trigger] == nil:
		fail("The trigger " + trigger + " could not be found.")
	case event == "CREATE" && body[feeds[name]] == nil:
		fail(name[strings.LastIndex(name, "/")+1:] + " feed: missing " + feeds[name] + " parameter.")
	case event == "CREATE":
		o.fed[trigger] = name
		answer(w, http.StatusOK, object{"status": "success"})
	case event == "DELETE" && o.fed[trigger] == "":
		fail("There is no feed of trigger " + trigger + ".")
	case event == "DELETE":
		delete(o.fed, trigger)
		answer(w, http.StatusOK, object{"status": "success"})
	default:
		fail("unsupported lifecycleEvent")
	}
}
