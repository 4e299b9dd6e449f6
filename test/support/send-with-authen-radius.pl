# Sends Accounting-Requests with Authen::Radius: PORT SECRET, attributes as "number type value" lines on standard
# input, an empty line after each packet.
use strict;
use warnings;
use Authen::Radius;

my ($port, $secret) = @ARGV;
my $radius = Authen::Radius->new(Host => "127.0.0.1:$port", Secret => $secret, TimeOut => 5)
    or die 'no socket: ' . Authen::Radius::strerror();

local $/ = "\n\n";
while (my $packet = <STDIN>) {
    $radius->clear_attributes;
    for my $line (split /\n/, $packet) {
        my ($number, $type, $value) = split / /, $line, 3;
        $radius->add_attributes({ Name => $number, Type => $type, Value => $value });
    }
    $radius->send_packet(ACCOUNTING_REQUEST) or die 'not sent: ' . $radius->strerror;
    # Verifies the authenticator; undef without an answer.
    my $code = $radius->recv_packet;
    die 'no answer: ' . $radius->strerror unless defined $code;
    die "answered with code $code" unless $code == ACCOUNTING_RESPONSE;
}
