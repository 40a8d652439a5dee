import { list, type TopicLexicon } from './topic-lexicon.ts'

export const technology: TopicLexicon = {
  topic: 'technology',
  people: list(
    'engineer, developer, programmer, tester, technician, hacker, designer, administrator, robot builder, data scientist, gamer, inventor',
  ),
  things: list(`laptop, keyboard, server, router, sensor, database, browser, password, battery, chip, robot, drone, printer, update, screen,
    algorithm, compiler, satellite, microphone, camera, app, firewall, backup, network, processor, tablet, antenna, cable, bug,
    website, touchpad, webcam, hard drive, operating system, search engine, prototype, circuit`),
  stuff: list(
    `software, source code, pixels, megabytes, cookies, log files, firmware, data, hardware, bandwidth, wires,     notifications, test cases, patches, graphics, encryption, user accounts, error messages, neural networks, lines of code, downloads`,
  ),
  qualities: list(
    'wireless, digital, portable, encrypted, virtual, electronic, automatic, open-source, solar-powered, embedded, online, binary, cloud-based',
  ),
  places:
    list(`in the server room, at the help desk, in the laboratory, on the test bench, at the startup, in the data centre, on the forum,
    at the hackathon, in the workshop, at the developer conference, in the repair shop`),
  actions: list(`install/installed/installing the {quality} {thing}
    reboot/rebooted/rebooting the {thing}
    debug/debugged/debugging the {thing}
    download/downloaded/downloading the {stuff}
    upgrade/upgraded/upgrading the {thing}
    encrypt/encrypted/encrypting the {stuff}
    program/programmed/programming a {quality} {thing}
    charge/charged/charging the {thing}
    type/typed/typing the password
    test/tested/testing the {quality} {thing}
    delete/deleted/deleting the {stuff}
    solder/soldered/soldering the {thing}
    configure/configured/configuring the {thing} for {stuff}
    scan/scanned/scanning the {thing} for {stuff}
    connect/connected/connecting the {thing} to the {thing}
    launch/launched/launching the {quality} app
    crash/crashed/crashing the {thing}
    design/designed/designing a {quality} {thing}
    compile/compiled/compiling the {stuff}
    stream/streamed/streaming video to the {thing}`),
  facts: list(`the {thing} stopped answering when the {stuff} filled the disk
    the {quality} {thing} runs for {duration} on one battery
    a {person} found the bug in the {stuff} of the {thing}
    the {thing} sends {stuff} to a {quality} {thing}
    the latest release moves {stuff} from the {thing} to the cloud
    click on the icon to open the {quality} {thing}
    the {thing} needs {stuff} before it can start
    nobody remembers the password of the {quality} {thing}
    the {person} wrote {stuff} for a {quality} {thing}
    older machines do not load {stuff} without a {thing}`),
  aspects: list(
    'battery life, screen, keyboard, software, user interface, loudspeaker, search function, setup, camera, manual, touchpad, update, sound card',
  ),
  wholes: list('phone, laptop, app, website, game, headset, tablet, printer'),
  praise: list('responsive, user-friendly, lightweight, cutting-edge, powerful, intuitive, snappy, glitch-free, sleek'),
  complaint: list('buggy, laggy, outdated, bloated, glitchy, insecure, unresponsive, flimsy, overheated'),
}
