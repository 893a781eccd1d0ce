// SPDX-License-Identifier: Apache-2.0
package org.ostler.config.maincf;

import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.ostler.mail.config.CompatibilityLevel;
import org.ostler.mail.config.Parameter;
import org.ostler.mail.config.ParameterSet;

/** What all parts of an instance have in common: its names and places. */
@Component(service = ParameterSet.class)
public final class MasterParameters extends ParameterSet {

    public static final Parameter<CompatibilityLevel> COMPATIBILITY_LEVEL = new Parameter<>("compatibility_level", "text", "0", """
        The Postfix version whose defaults apply, such as 3.11; 0 for the oldest.""", CompatibilityLevel::of);
    public static final Parameter<String> CONFIG_DIRECTORY = text("config_directory", "/etc/postfix", """
        Directory of main.cf and master.cf; set by the instance itself.""");
    public static final Parameter<String> QUEUE_DIRECTORY = text("queue_directory", "/var/spool/postfix", """
        Directory of the queue, the maildrop and the process id. Changes with a restart.""");
    public static final Parameter<String> DATA_DIRECTORY = text("data_directory", "/var/lib/postfix", """
        Directory of what the instance may write beside its queue. Changes with a restart.""");
    public static final Parameter<String> MAIL_OWNER = text("mail_owner", "postfix", """
        The user as whom the server runs when it is started by root.""");
    public static final Parameter<String> MYHOSTNAME = text("myhostname", "localhost.$mydomain", """
        Name of this host; from the kernel where it is not set.""");
    public static final Parameter<String> MYDOMAIN = text("mydomain", "localdomain", """
        Domain of this host; myhostname without its first label where it is not set.""");
    public static final Parameter<String> MYNETWORKS_STYLE = choice("mynetworks_style", "${{$compatibility_level} <level {2} ? {subnet} : {host}}", List.of("host", "subnet", "class"), """
        How mynetworks is made where it is not set: host, subnet or class.""");
    public static final Parameter<String> MAIL_NAME = text("mail_name", "Postfix", """
        The name in the greeting and in Received headers.""");
    public static final Parameter<String> MAIL_VERSION = text("mail_version", "3.12.0", """
        The Postfix version whose behaviour this server follows.""");
    public static final Parameter<String> DEFAULT_DATABASE_TYPE = text("default_database_type", "lmdb", """
        Table type of alias_maps and of postmap and postalias where none is given.""");
    public static final Parameter<String> ALIAS_DATABASE = text("alias_database", "$default_database_type:/etc/aliases", """
        Alias tables that newaliases builds.""");
    public static final Parameter<String> RECIPIENT_DELIMITER = text("recipient_delimiter", "", """
        Characters that separate a user name from its extension.""");
    public static final Parameter<Boolean> OWNER_REQUEST_SPECIAL = yesNo("owner_request_special", "yes", """
        Do not take owner-name and name-request apart when the delimiter is a dash.""");
    public static final Parameter<List<String>> PARENT_DOMAIN_MATCHES_SUBDOMAINS = list("parent_domain_matches_subdomains",
        "debug_peer_list,fast_flush_domains,mynetworks,permit_mx_backup_networks,qmqpd_authorized_clients,relay_domains,smtpd_access_maps", """
        Lists in which example.com also matches the hosts below it.""");
    public static final Parameter<String> SERVICE_NAME = text("service_name", "amnesiac", """
        In a row of master.cf: the name of the row. Set by the server, for use in other values.""");
    public static final Parameter<String> PROCESS_NAME = text("process_name", "ostler", """
        In a row of master.cf: the program of the row. Set by the server, for use in other values.""");
    public static final Parameter<String> VIRTUAL_MAPS = text("virtual_maps", "", """
        The old name of virtual_alias_maps.""");
}
