var stats = {
    type: "GROUP",
name: "All Requests",
path: "",
pathFormatted: "group_missing-name-9589909",
stats: {
    "name": "All Requests",
    "numberOfRequests": {
        "total": "130",
        "ok": "126",
        "ko": "1"
    },
    "minResponseTime": {
        "total": "20",
        "ok": "20",
        "ko": "347"
    },
    "maxResponseTime": {
        "total": "951",
        "ok": "951",
        "ko": "634"
    },
    "meanResponseTime": {
        "total": "221",
        "ok": "213",
        "ko": "471"
    },
    "standardDeviation": {
        "total": "215",
        "ok": "213",
        "ko": "111"
    },
    "percentiles1": {
        "total": "88",
        "ok": "88",
        "ko": "452"
    },
    "percentiles2": {
        "total": "374",
        "ok": "356",
        "ko": "540"
    },
    "percentiles3": {
        "total": "642",
        "ok": "640",
        "ko": "615"
    },
    "percentiles4": {
        "total": "862",
        "ok": "868",
        "ko": "630"
    },
    "group1": {
    "name": "t < 800 ms",
    "htmlName": "t < 800 ms",
    "count": 124,
    "percentage": 95.38461538461539
},
    "group2": {
    "name": "800 ms <= t < 1200 ms",
    "htmlName": "t >= 800 ms <br> t < 1200 ms",
    "count": 2,
    "percentage": 1.5384615384615385
},
    "group3": {
    "name": "t >= 1200 ms",
    "htmlName": "t >= 1200 ms",
    "count": 0,
    "percentage": 0.0
},
    "group4": {
    "name": "failed",
    "htmlName": "failed",
    "count": 4,
    "percentage": 3.076923076923077
},
    "meanNumberOfRequestsPerSecond": {
        "total": "5.91",
        "ok": "5.73",
        "ko": "0.18"
    }
},
contents: {
"group_conversation-10096725": {
          type: "GROUP",
name: "Conversation",
path: "Conversation",
pathFormatted: "group_conversation-10096725",
stats: {
    "name": "Conversation",
    "numberOfRequests": {
        "total": "30",
        "ok": "26",
        "ko": "4"
    },
    "minResponseTime": {
        "total": "513",
        "ok": "513",
        "ko": "641"
    },
    "maxResponseTime": {
        "total": "1604",
        "ok": "1593",
        "ko": "1604"
    },
    "meanResponseTime": {
        "total": "871",
        "ok": "850",
        "ko": "1014"
    },
    "standardDeviation": {
        "total": "303",
        "ok": "283",
        "ko": "379"
    },
    "percentiles1": {
        "total": "768",
        "ok": "768",
        "ko": "905"
    },
    "percentiles2": {
        "total": "985",
        "ok": "968",
        "ko": "1215"
    },
    "percentiles3": {
        "total": "1566",
        "ok": "1458",
        "ko": "1526"
    },
    "percentiles4": {
        "total": "1601",
        "ok": "1578",
        "ko": "1588"
    },
    "group1": {
    "name": "t < 800 ms",
    "htmlName": "t < 800 ms",
    "count": 14,
    "percentage": 46.666666666666664
},
    "group2": {
    "name": "800 ms <= t < 1200 ms",
    "htmlName": "t >= 800 ms <br> t < 1200 ms",
    "count": 8,
    "percentage": 26.666666666666668
},
    "group3": {
    "name": "t >= 1200 ms",
    "htmlName": "t >= 1200 ms",
    "count": 4,
    "percentage": 13.333333333333334
},
    "group4": {
    "name": "failed",
    "htmlName": "failed",
    "count": 4,
    "percentage": 13.333333333333334
},
    "meanNumberOfRequestsPerSecond": {
        "total": "1.36",
        "ok": "1.18",
        "ko": "0.18"
    }
},
contents: {
"req_ask-2272753": {
        type: "REQUEST",
        name: "Ask",
path: "Conversation / Ask",
pathFormatted: "req_conversation---a-13248487",
stats: {
    "name": "Ask",
    "numberOfRequests": {
        "total": "30",
        "ok": "27",
        "ko": "3"
    },
    "minResponseTime": {
        "total": "210",
        "ok": "210",
        "ko": "395"
    },
    "maxResponseTime": {
        "total": "689",
        "ok": "689",
        "ko": "634"
    },
    "meanResponseTime": {
        "total": "424",
        "ok": "414",
        "ko": "512"
    },
    "standardDeviation": {
        "total": "151",
        "ok": "153",
        "ko": "98"
    },
    "percentiles1": {
        "total": "394",
        "ok": "381",
        "ko": "508"
    },
    "percentiles2": {
        "total": "553",
        "ok": "550",
        "ko": "571"
    },
    "percentiles3": {
        "total": "664",
        "ok": "667",
        "ko": "621"
    },
    "percentiles4": {
        "total": "684",
        "ok": "685",
        "ko": "631"
    },
    "group1": {
    "name": "t < 800 ms",
    "htmlName": "t < 800 ms",
    "count": 27,
    "percentage": 90.0
},
    "group2": {
    "name": "800 ms <= t < 1200 ms",
    "htmlName": "t >= 800 ms <br> t < 1200 ms",
    "count": 0,
    "percentage": 0.0
},
    "group3": {
    "name": "t >= 1200 ms",
    "htmlName": "t >= 1200 ms",
    "count": 0,
    "percentage": 0.0
},
    "group4": {
    "name": "failed",
    "htmlName": "failed",
    "count": 3,
    "percentage": 10.0
},
    "meanNumberOfRequestsPerSecond": {
        "total": "1.36",
        "ok": "1.23",
        "ko": "0.14"
    }
}
    },"req_follow-up-7032072": {
        type: "REQUEST",
        name: "Follow up",
path: "Conversation / Follow up",
pathFormatted: "req_conversation---f-18007806",
stats: {
    "name": "Follow up",
    "numberOfRequests": {
        "total": "30",
        "ok": "29",
        "ko": "1"
    },
    "minResponseTime": {
        "total": "155",
        "ok": "155",
        "ko": "347"
    },
    "maxResponseTime": {
        "total": "951",
        "ok": "951",
        "ko": "347"
    },
    "meanResponseTime": {
        "total": "363",
        "ok": "364",
        "ko": "347"
    },
    "standardDeviation": {
        "total": "190",
        "ok": "193",
        "ko": "0"
    },
    "percentiles1": {
        "total": "324",
        "ok": "319",
        "ko": "347"
    },
    "percentiles2": {
        "total": "450",
        "ok": "459",
        "ko": "347"
    },
    "percentiles3": {
        "total": "731",
        "ok": "750",
        "ko": "347"
    },
    "percentiles4": {
        "total": "938",
        "ok": "938",
        "ko": "347"
    },
    "group1": {
    "name": "t < 800 ms",
    "htmlName": "t < 800 ms",
    "count": 27,
    "percentage": 90.0
},
    "group2": {
    "name": "800 ms <= t < 1200 ms",
    "htmlName": "t >= 800 ms <br> t < 1200 ms",
    "count": 2,
    "percentage": 6.666666666666667
},
    "group3": {
    "name": "t >= 1200 ms",
    "htmlName": "t >= 1200 ms",
    "count": 0,
    "percentage": 0.0
},
    "group4": {
    "name": "failed",
    "htmlName": "failed",
    "count": 1,
    "percentage": 3.3333333333333335
},
    "meanNumberOfRequestsPerSecond": {
        "total": "1.36",
        "ok": "1.32",
        "ko": "0.05"
    }
}
    },"req_add-to-cart-7776458": {
        type: "REQUEST",
        name: "Add to cart",
path: "Conversation / Add to cart",
pathFormatted: "req_conversation---a-18752192",
stats: {
    "name": "Add to cart",
    "numberOfRequests": {
        "total": "30",
        "ok": "30",
        "ko": "0"
    },
    "minResponseTime": {
        "total": "33",
        "ok": "33",
        "ko": "-"
    },
    "maxResponseTime": {
        "total": "755",
        "ok": "755",
        "ko": "-"
    },
    "meanResponseTime": {
        "total": "85",
        "ok": "85",
        "ko": "-"
    },
    "standardDeviation": {
        "total": "126",
        "ok": "126",
        "ko": "-"
    },
    "percentiles1": {
        "total": "61",
        "ok": "61",
        "ko": "-"
    },
    "percentiles2": {
        "total": "78",
        "ok": "78",
        "ko": "-"
    },
    "percentiles3": {
        "total": "90",
        "ok": "90",
        "ko": "-"
    },
    "percentiles4": {
        "total": "562",
        "ok": "562",
        "ko": "-"
    },
    "group1": {
    "name": "t < 800 ms",
    "htmlName": "t < 800 ms",
    "count": 30,
    "percentage": 100.0
},
    "group2": {
    "name": "800 ms <= t < 1200 ms",
    "htmlName": "t >= 800 ms <br> t < 1200 ms",
    "count": 0,
    "percentage": 0.0
},
    "group3": {
    "name": "t >= 1200 ms",
    "htmlName": "t >= 1200 ms",
    "count": 0,
    "percentage": 0.0
},
    "group4": {
    "name": "failed",
    "htmlName": "failed",
    "count": 0,
    "percentage": 0.0
},
    "meanNumberOfRequestsPerSecond": {
        "total": "1.36",
        "ok": "1.36",
        "ko": "-"
    }
}
    }
}

     },"req_open-shop-6937044": {
        type: "REQUEST",
        name: "Open shop",
path: "Open shop",
pathFormatted: "req_open-shop-6937044",
stats: {
    "name": "Open shop",
    "numberOfRequests": {
        "total": "40",
        "ok": "40",
        "ko": "0"
    },
    "minResponseTime": {
        "total": "20",
        "ok": "20",
        "ko": "-"
    },
    "maxResponseTime": {
        "total": "518",
        "ok": "518",
        "ko": "-"
    },
    "meanResponseTime": {
        "total": "65",
        "ok": "65",
        "ko": "-"
    },
    "standardDeviation": {
        "total": "99",
        "ok": "99",
        "ko": "-"
    },
    "percentiles1": {
        "total": "44",
        "ok": "44",
        "ko": "-"
    },
    "percentiles2": {
        "total": "56",
        "ok": "56",
        "ko": "-"
    },
    "percentiles3": {
        "total": "86",
        "ok": "86",
        "ko": "-"
    },
    "percentiles4": {
        "total": "498",
        "ok": "498",
        "ko": "-"
    },
    "group1": {
    "name": "t < 800 ms",
    "htmlName": "t < 800 ms",
    "count": 40,
    "percentage": 100.0
},
    "group2": {
    "name": "800 ms <= t < 1200 ms",
    "htmlName": "t >= 800 ms <br> t < 1200 ms",
    "count": 0,
    "percentage": 0.0
},
    "group3": {
    "name": "t >= 1200 ms",
    "htmlName": "t >= 1200 ms",
    "count": 0,
    "percentage": 0.0
},
    "group4": {
    "name": "failed",
    "htmlName": "failed",
    "count": 0,
    "percentage": 0.0
},
    "meanNumberOfRequestsPerSecond": {
        "total": "1.82",
        "ok": "1.82",
        "ko": "-"
    }
}
    }
}

}

function fillStats(stat){
    $("#numberOfRequests").append(stat.numberOfRequests.total);
    $("#numberOfRequestsOK").append(stat.numberOfRequests.ok);
    $("#numberOfRequestsKO").append(stat.numberOfRequests.ko);

    $("#minResponseTime").append(stat.minResponseTime.total);
    $("#minResponseTimeOK").append(stat.minResponseTime.ok);
    $("#minResponseTimeKO").append(stat.minResponseTime.ko);

    $("#maxResponseTime").append(stat.maxResponseTime.total);
    $("#maxResponseTimeOK").append(stat.maxResponseTime.ok);
    $("#maxResponseTimeKO").append(stat.maxResponseTime.ko);

    $("#meanResponseTime").append(stat.meanResponseTime.total);
    $("#meanResponseTimeOK").append(stat.meanResponseTime.ok);
    $("#meanResponseTimeKO").append(stat.meanResponseTime.ko);

    $("#standardDeviation").append(stat.standardDeviation.total);
    $("#standardDeviationOK").append(stat.standardDeviation.ok);
    $("#standardDeviationKO").append(stat.standardDeviation.ko);

    $("#percentiles1").append(stat.percentiles1.total);
    $("#percentiles1OK").append(stat.percentiles1.ok);
    $("#percentiles1KO").append(stat.percentiles1.ko);

    $("#percentiles2").append(stat.percentiles2.total);
    $("#percentiles2OK").append(stat.percentiles2.ok);
    $("#percentiles2KO").append(stat.percentiles2.ko);

    $("#percentiles3").append(stat.percentiles3.total);
    $("#percentiles3OK").append(stat.percentiles3.ok);
    $("#percentiles3KO").append(stat.percentiles3.ko);

    $("#percentiles4").append(stat.percentiles4.total);
    $("#percentiles4OK").append(stat.percentiles4.ok);
    $("#percentiles4KO").append(stat.percentiles4.ko);

    $("#meanNumberOfRequestsPerSecond").append(stat.meanNumberOfRequestsPerSecond.total);
    $("#meanNumberOfRequestsPerSecondOK").append(stat.meanNumberOfRequestsPerSecond.ok);
    $("#meanNumberOfRequestsPerSecondKO").append(stat.meanNumberOfRequestsPerSecond.ko);
}
